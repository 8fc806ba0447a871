"""The closed lists of the work."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Track(models.TextChoices):
    """What kind of help a case gives."""

    COACHING = "coaching", _("Coaching")
    TECHNICAL_SUPPORT = "technical_support", _("Technical support")


class CaseState(models.TextChoices):
    """The life of a case."""

    OPEN = "open", _("Open")
    PAUSED = "paused", _("Paused")
    CLOSED = "closed", _("Closed")


class CaseOutcome(models.TextChoices):
    """How a case ended."""

    GOAL_REACHED = "goal_reached", _("Goal reached")
    HANDED_OVER = "handed_over", _("Handed over")
    REFUSED = "refused", _("Refused")
    STOPPED_PRACTISING = "stopped_practising", _("Stopped practising")
    NO_LONGER_NEEDED = "no_longer_needed", _("No longer needed")


class Channel(models.TextChoices):
    """How a practitioner is contacted."""

    VISIT = "visit", _("Visit")
    CALL = "call", _("Call")
    EMAIL = "email", _("E-mail")
    REMOTE = "remote", _("Video call")
    TECHNICAL_CHECK = "technical_check", _("Technical check")
    INVITATION = "invitation", _("Invitation")
    FIGURES_CHECK = "figures_check", _("Check on the figures")


ON_SITE = frozenset({Channel.VISIT, Channel.TECHNICAL_CHECK})
"""Channels for which the coach goes to the practice, whose closing days and visiting hours count then."""


class VisitState(models.TextChoices):
    """The life of a visit."""

    PLANNED = "planned", _("Planned")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


class Outcome(models.TextChoices):
    """What came of a contact."""

    DONE = "done", _("Done")
    NO_ANSWER = "no_answer", _("No answer")
    REFUSED = "refused", _("Refused")
    WANTS_LATER = "wants_later", _("Wants to be contacted later")


class BarrierFactor(models.TextChoices):
    """Whether a barrier lies in the technology or around it."""

    ENDOGENOUS = "endogenous", _("Endogenous (the technology itself)")
    EXOGENOUS = "exogenous", _("Exogenous (the environment)")


class CfirDomain(models.TextChoices):
    """The domains of the Consolidated Framework for Implementation Research, 2.0."""

    INNOVATION = "innovation", _("Innovation")
    OUTER_SETTING = "outer_setting", _("Outer setting")
    INNER_SETTING = "inner_setting", _("Inner setting")
    INDIVIDUALS = "individuals", _("Individuals")
    PROCESS = "process", _("Implementation process")


class VersionState(models.TextChoices):
    """The life of a playbook's version; only an active one enrols."""

    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("Active")
    RETIRED = "retired", _("Withdrawn")


class Trigger(models.TextChoices):
    """What brings a practitioner into a playbook."""

    SEGMENT = "segment", _("Coming into a segment")
    LAPSE = "lapse", _("Having stopped publishing")


class Anchor(models.TextChoices):
    """The day from which a step's delay runs."""

    ENROLLED = "enrolled", _("Enrolment")
    PREVIOUS_DONE = "previous_done", _("Previous step done")
    PREVIOUS_TARGET = "previous_target", _("Previous step's target")
    LAST_CONTACT = "last_contact", _("Last contact")
    SESSION_ATTENDED = "session_attended", _("Session attended")
    WAVE_START = "wave_start", _("Start of the wave")


class DelayUnit(models.TextChoices):
    """What a delay is counted in."""

    WORKING_DAYS = "working_days", _("Working days")
    CALENDAR_DAYS = "calendar_days", _("Calendar days")


class RollPolicy(models.TextChoices):
    """Where a target goes that falls on a day off."""

    NEXT = "next", _("The next working day")
    PREVIOUS = "previous", _("The previous working day")
    NONE = "none", _("Stays")


class AssigneeRule(models.TextChoices):
    """Who a step is for."""

    CASE_COACH = "case_coach", _("The case's coach")
    ROLE = "role", _("Anyone of a role")
    POOL = "pool", _("The pool, by proposal")


class CompletionRule(models.TextChoices):
    """What completes a step besides a person's act."""

    PERSON = "person", _("A person completes it")
    USAGE = "usage", _("The figures complete it")


class EnrolmentState(models.TextChoices):
    """The life of an enrolment. Waiting: the next step's anchor is missing."""

    LIVE = "live", _("Live")
    WAITING = "waiting", _("Waiting")
    PAUSED = "paused", _("Paused")
    COMPLETED = "completed", _("Completed")
    EXITED = "exited", _("Exited")


LIVE_ENROLMENTS = frozenset({EnrolmentState.LIVE, EnrolmentState.WAITING, EnrolmentState.PAUSED})


class ExitReason(models.TextChoices):
    """Why an enrolment ended before its last step."""

    GOAL_REACHED = "goal_reached", _("Goal reached")
    USAGE_SEEN = "usage_seen", _("Usage seen in the figures")
    REFUSED = "refused", _("Refused")
    DO_NOT_CONTACT = "do_not_contact", _("Do not contact")
    INACTIVE = "inactive", _("No longer practises")
    MERGED = "merged", _("Merged into another record")
    CASE_CLOSED = "case_closed", _("Case closed")
    SOFTWARE_BLOCKER = "software_blocker", _("Software blocker")
    SEGMENT_LEFT = "segment_left", _("Left the segment")


class FollowUpState(models.TextChoices):
    """The life of a follow-up."""

    PLANNED = "planned", _("Planned")
    DUE = "due", _("Due")
    DONE = "done", _("Done")
    SKIPPED = "skipped", _("Skipped")
    DEFERRED = "deferred", _("Deferred")
    MISSED = "missed", _("Missed")
    CANCELLED = "cancelled", _("Cancelled")


OPEN_FOLLOW_UPS = frozenset({FollowUpState.PLANNED, FollowUpState.DUE, FollowUpState.DEFERRED})


class ResolvedBy(models.TextChoices):
    """What completed a follow-up."""

    PERSON = "person", _("A person")
    USAGE = "usage", _("The figures")


class PauseScope(models.TextChoices):
    """What a pause holds back."""

    PRACTITIONER = "practitioner", _("Practitioner")
    COACH = "coach", _("Coach")
    PLAYBOOK = "playbook", _("Playbook")
    SOFTWARE = "software", _("Software product")
    QUIET_PERIOD = "quiet_period", _("Quiet period")


class AbsenceKind(models.TextChoices):
    """Why a coach is away."""

    LEAVE = "leave", _("Leave")
    ILLNESS = "illness", _("Illness")
    TRAINING = "training", _("Training")
    OTHER = "other", _("Other")


class DayPart(models.TextChoices):
    """How much of a day."""

    WHOLE = "whole", _("Whole day")
    MORNING = "morning", _("Morning")
    AFTERNOON = "afternoon", _("Afternoon")


class EscalationLevel(models.TextChoices):
    """Who hears of a window that closed."""

    COACH = "coach", _("Coach")
    COORDINATOR = "coordinator", _("Coordinator")
    MANAGER = "manager", _("Change manager")


class ContactPurpose(models.TextChoices):
    """What a contact outside the playbooks is for."""

    PILOT = "pilot", _("Pilot project")
    INVITATION = "invitation", _("Invitation")


class SimulationState(models.TextChoices):
    """The life of a simulation."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
