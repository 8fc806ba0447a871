"""The work: cases, visits, barriers, playbooks and the follow-ups that they plan."""
