"""What a change manager does with playbooks: versions, from a draft to an active one, and moving who is enrolled."""

from .drafts import activate_version, discard_draft, new_draft, save_draft, save_playbook, steps_of
from .moving import Migrated, MigrationPreview, migrate_enrolments, preview_migration
from .validation import check_version

__all__ = [
    "Migrated",
    "MigrationPreview",
    "activate_version",
    "check_version",
    "discard_draft",
    "migrate_enrolments",
    "new_draft",
    "preview_migration",
    "save_draft",
    "save_playbook",
    "steps_of",
]
