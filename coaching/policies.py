"""What people may do with cases, visits and follow-ups.

Coaches and technicians act on what they see (their communes and cases, what is assigned to them);
coordinators, change managers and REST clients act on everything and hand out the work. Whether a
token may write at all is the token's scope.
"""

from accounts.enums import Role
from accounts.models import User
from coaching.enums import PauseScope
from coaching.models import Case, Coach, FollowUp, Pause, Visit
from coaching.selectors.calendars import practices_visible_to
from coaching.selectors.visibility import cases_visible_to, follow_ups_visible_to
from practitioners.models import Organisation, Practitioner
from practitioners.selectors.visibility import practitioners_visible_to

STEERING = frozenset({Role.COORDINATOR, Role.MANAGER, Role.CLIENT})
"""Roles that hand out and oversee the work."""


def may_steer(user: User) -> bool:
    """Hand out cases and follow-ups, and act on everybody's."""
    return user.is_active and user.role in STEERING


def may_work(user: User) -> bool:
    """Take part in the work at all: the operator and strangers don't."""
    return user.is_active and (user.role in STEERING or user.works_in_the_field)


def may_open_case(user: User, practitioner: Practitioner) -> bool:
    """Open a case for a practitioner whom the person sees."""
    return may_steer(user) or (may_work(user) and practitioners_visible_to(user).filter(pk=practitioner.pk).exists())


def may_act_on_case(user: User, case: Case) -> bool:
    """Close a case or change it."""
    if may_steer(user):
        return True
    if not may_work(user):
        return False
    return (case.coach is not None and case.coach.user_id == user.pk) or cases_visible_to(user).filter(
        pk=case.pk
    ).exists()


def may_assign(user: User) -> bool:
    """Give cases and follow-ups to a coach."""
    return may_steer(user)


def may_act_on_follow_up(user: User, follow_up: FollowUp) -> bool:
    """Start, complete, postpone, skip or cancel a follow-up."""
    if may_steer(user):
        return True
    return may_work(user) and follow_ups_visible_to(user).filter(pk=follow_up.pk).exists()


def may_log_visit(user: User, practitioner: Practitioner) -> bool:
    """Log a contact with a practitioner whom the person sees."""
    return may_open_case(user, practitioner)


def may_log_for(user: User, coach: Coach) -> bool:
    """Log a contact in a coach's name: one's own, or anybody's for who steers."""
    return may_steer(user) or (may_work(user) and coach.user_id == user.pk)


def may_sign_visit(user: User, visit: Visit) -> bool:
    """Sign a visit: who made it, or who steers."""
    return may_steer(user) or (user.is_active and visit.coach.user_id == user.pk)


def may_record_absence(user: User, coach: Coach) -> bool:
    """Record or withdraw an absence: one's own, or anybody's for who steers."""
    return may_log_for(user, coach)


def may_keep_team_days(user: User) -> bool:
    """Say on which days the whole team is away."""
    return may_steer(user)


def may_keep_practice_hours(user: User, organisation: Organisation) -> bool:
    """Record a practice's closing days and visiting hours: who steers, and the field for the practices they go to."""
    if may_steer(user):
        return True
    return may_work(user) and practices_visible_to(user).filter(pk=organisation.pk).exists()


def may_plan(user: User) -> bool:
    """Run the planner by hand, or look at its dry run."""
    return user.is_active and user.role in {Role.COORDINATOR, Role.MANAGER, Role.OPERATOR}


def may_read_playbooks(user: User) -> bool:
    """Look at playbooks, their versions and what they would do: everybody who takes part in the work, and the operator."""
    return may_work(user) or (user.is_active and user.role == Role.OPERATOR)


def may_edit_playbooks(user: User) -> bool:
    """Change playbooks, put versions to use and move enrolments: the change manager's work."""
    return user.is_active and user.role == Role.MANAGER


def may_start_pause(
    user: User, scope: str, *, practitioner: Practitioner | None = None, coach: Coach | None = None
) -> bool:
    """Pause anything for who steers; in the field a practitioner whom the person sees, or oneself."""
    if may_steer(user):
        return True
    if not may_work(user):
        return False
    if scope == PauseScope.COACH:
        return coach is not None and coach.user_id == user.pk
    if scope == PauseScope.PRACTITIONER:
        return practitioner is not None and practitioners_visible_to(user).filter(pk=practitioner.pk).exists()
    return False


def may_end_pause(user: User, pause: Pause) -> bool:
    """End a pause: who may have started it."""
    return may_start_pause(user, pause.scope, practitioner=pause.practitioner, coach=pause.coach)


def may_register_blockers(user: User) -> bool:
    """Open and close software blockers: they pause everybody who works with the product."""
    return may_steer(user)


def may_manage_feed(user: User, coach: Coach) -> bool:
    """Make and revoke a coach's calendar subscription: the coach alone, since its address shows their days."""
    return user.is_active and user.works_in_the_field and coach.user_id == user.pk
