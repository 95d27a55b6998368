"""Tables of users and API tokens."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from presstime.accounts.rights import Right, Role, allowed
from presstime.database.fields import choices, id_field, one_of
from presstime.database.guard import bookkeeping


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        """Sign-in names are the same in any case."""
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """A person, or a service account, with one role."""

    id = id_field()
    username = models.CharField(max_length=150)
    email = models.EmailField(max_length=254, blank=True)
    role = models.CharField(max_length=16, choices=choices(Role))
    is_active = models.BooleanField(default=True)
    is_service = models.BooleanField(default=False)  # a program: it has tokens and no password
    created_at = models.DateTimeField()

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email", "role"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_username_unique"),
            one_of("role", Role, name="user_role_known"),
        ]

    def __str__(self) -> str:
        return self.username

    # The scopes of the token with which this request came; None for a session. Set by the authentication only.
    token_scopes: frozenset[str] | None = None
    came_with: Token | None = None

    def check_password(self, raw_password: str | None) -> bool:
        """Whether that is the password; one hashed with fewer rounds than today is hashed anew."""
        return raw_password is not None and check_password(raw_password, self.password, self._hash_anew)

    @bookkeeping("the hash of the same password is made anew with more rounds")
    def _hash_anew(self, raw_password: str) -> None:
        self.set_password(raw_password)
        self._password = None  # not a change of the password
        self.save(update_fields=["password"])

    @property
    def sees_everything(self) -> bool:
        """Whether no group hides anything from this person."""
        return self.role in (Role.ADMIN, Role.AUDITOR)

    def can(self, right: Right | str) -> bool:
        """Whether this person, as they came in, has *right*."""
        return self.is_active and allowed(Role(self.role), self.token_scopes, Right(right))


class Group(models.Model):
    """Users by whom reports and sources can be limited."""

    id = id_field()
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=500, blank=True)
    members = models.ManyToManyField(User, related_name="groups")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="group_name_unique")]

    def __str__(self) -> str:
        return self.name


class Identity(models.Model):
    """Who a user is at an OpenID Connect issuer; no token of the issuer is kept."""

    id = id_field()
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=500)
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="identity_subject_unique"),
            models.UniqueConstraint(fields=["user", "issuer"], name="identity_of_user_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} at {self.issuer}"


class Token(models.Model):
    """An API token: only its SHA-256 is stored, its first characters are kept so that people can tell tokens apart."""

    id = id_field()
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    scopes: models.JSONField[Any, Any] = models.JSONField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    last_used_ip = models.GenericIPAddressField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.name})"
