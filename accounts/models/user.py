"""A person who signs in, with an e-mail address and one role."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.enums import FIELD_ROLES, OFFICE_ROLES, Language, Role
from core.models import Referenced


class UserManager(BaseUserManager["User"]):
    """Makes users, who are named by their e-mail address."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user with this address and password; without one nobody can sign in as them."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An operator who may use the administration pages."""
        fields |= {"is_staff": True, "is_superuser": True}
        fields.setdefault("role", Role.OPERATOR)
        return self.create_user(email, password, **fields)


class User(Referenced, AbstractUser):  # type: ignore[django-manager-missing]
    """A person or REST client, with one role and a language for pages and mails."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    role = models.CharField(_("role"), max_length=16, choices=Role)
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.FRENCH)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    @property
    def works_in_the_field(self) -> bool:
        """Whether this person visits practitioners."""
        return self.role in FIELD_ROLES

    @property
    def sees_everything(self) -> bool:
        """Whether this person or client sees the whole network; what they may do there is for the policies."""
        return self.role in OFFICE_ROLES or self.role == Role.CLIENT
