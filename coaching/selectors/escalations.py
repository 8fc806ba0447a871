"""Windows that closed without the contact and that somebody was told of."""

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from accounts.models import User
from coaching.enums import EnrolmentState, EscalationLevel
from coaching.models import Escalation
from coaching.policies import may_steer


def open_escalations(user: User) -> QuerySet[Escalation]:
    """What was told and isn't settled, the highest level first, then the oldest; a coach's own for who coaches.

    What is paused asks for nothing now: it is back when the work goes on.
    A coach's own are those of follow-ups given to them, and of their cases where nobody has the follow-up.
    """
    rows = Escalation.objects.filter(settled_on__isnull=True).exclude(follow_up__enrolment__state=EnrolmentState.PAUSED)
    if not may_steer(user):
        rows = rows.filter(
            Q(follow_up__assignee__user=user)
            | Q(follow_up__assignee__isnull=True, follow_up__enrolment__case__coach__user=user)
        )
    rank = Case(
        When(level=EscalationLevel.MANAGER, then=Value(0)),
        When(level=EscalationLevel.COORDINATOR, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return rows.select_related(
        "follow_up__practitioner",
        "follow_up__step",
        "follow_up__assignee__user",
        "follow_up__enrolment__case__coach__user",
    ).order_by(rank, "raised_on", "pk")
