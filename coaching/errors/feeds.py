"""What calendar subscriptions say no with."""

from django.utils.translation import gettext_lazy as _

from core.errors import NotAllowed


class FeedNotYours(NotAllowed):
    """A calendar subscription is made and ended by the coach whose calendar it is."""

    code = "feed_not_yours"

    def __init__(self) -> None:
        super().__init__(str(_("Only the coach whose calendar it is may do this.")))
