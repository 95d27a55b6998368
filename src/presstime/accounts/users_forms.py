"""Forms of the pages of users and groups."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from presstime.accounts import oidc, queries
from presstime.accounts.models import Group, User
from presstime.accounts.rights import DESCRIPTIONS, Role
from presstime.web.listing import FilterForm, choice

ROLES = [(role.value, f"{role.value.capitalize()}: {DESCRIPTIONS[role]}") for role in Role]


class UserFilters(FilterForm):
    text = forms.CharField(label="Search", required=False, widget=forms.TextInput(attrs={"class": "form-control"}))
    role = choice("Role", [(role.value, role.value.capitalize()) for role in Role], "Any role")
    state = choice("State", [("on", "Can sign in"), ("off", "Switched off"), ("service", "Service account")], "Any")


class UserForm(forms.Form):
    """A user as administrators edit one; a new one also gets a kind and a password."""

    name = forms.CharField(
        max_length=150,
        help_text="For signing in: letters, digits and @ . + - _. It cannot be changed later.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    email = forms.EmailField(label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(choices=ROLES, initial=Role.VIEWER.value)
    groups = forms.ModelMultipleChoiceField(
        queryset=Group.objects.none(),
        required=False,
        help_text="Reports and sources can be limited to groups.",
        widget=forms.CheckboxSelectMultiple,
    )
    password = forms.CharField(
        required=False,
        strip=False,
        help_text="At least 12 characters. Leave it empty to keep what there is.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *given: object, user: User | None = None, **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]
        groups = self.fields["groups"]
        assert isinstance(groups, forms.ModelMultipleChoiceField)
        groups.queryset = queries.list_groups()
        if not groups.queryset.exists():
            del self.fields["groups"]
        if user is not None:
            del self.fields["name"]
            if user.is_service:
                del self.fields["password"]
                self.fields["email"].required = False
        else:
            nobody = "A service account needs none"
            more = f"{nobody}, nor who signs in elsewhere." if oidc.is_set_up(settings.CONFIGURATION) else f"{nobody}."
            self.fields["password"].help_text = f"At least 12 characters. {more}"


class NewUserForm(UserForm):
    """A person or a program."""

    service = forms.BooleanField(
        required=False,
        label="A service account: a program that uses tokens and cannot sign in",
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["email"].required = False  # of people the service asks for one


class GroupForm(forms.Form):
    name = forms.CharField(max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    description = forms.CharField(max_length=500, required=False, help_text="Who belongs in it, and why.")
    members = forms.ModelMultipleChoiceField(
        queryset=User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]
        members = self.fields["members"]
        assert isinstance(members, forms.ModelMultipleChoiceField)
        members.queryset = queries.list_users()
