"""Forms of the assets' pages."""

from __future__ import annotations

from pathlib import PurePosixPath

from django import forms

from pressroom.asset_checks import FONT_ENDINGS, MOST_BYTES
from pressroom.assets import FONTS, PICTURES
from pressroom.themes import FOLDER, THEME_ENDING

_ENDINGS = (*PICTURES, THEME_ENDING, *FONT_ENDINGS)


class FileForm(forms.Form):
    """A file from the person's computer."""

    use_required_attribute = False
    file = forms.FileField(
        label="File",
        help_text=f"At most {MOST_BYTES // 1_000_000} MB: a picture, a font (.ttf, .otf) or a theme ({THEME_ENDING}).",
        widget=forms.FileInput(attrs={"accept": ",".join(_ENDINGS)}),
    )

    def content(self) -> bytes:
        """Its bytes, as far as they may be that many."""
        return bytes(self.cleaned_data["file"].read(MOST_BYTES + 1))


class UploadForm(FileForm):
    """A new file, and what reports shall call it."""

    name = forms.CharField(
        required=False,
        max_length=300,
        help_text="As reports name it, such as brand/logo.png; without it, the file's own name. "
        f"Fonts go into {FONTS}/, themes into {FOLDER}/.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"}),
    )
    replace = forms.BooleanField(label="Replace a file of that name", required=False)

    def chosen_name(self) -> str:
        """The name that was given; else the file's own, in the folder of its kind."""
        given = str(self.cleaned_data["name"]).strip()
        if given:
            return given
        own = PurePosixPath(str(self.cleaned_data["file"].name).replace("\\", "/")).name
        ending = PurePosixPath(own).suffix.lower()
        folder = f"{FOLDER}/" if ending == THEME_ENDING else f"{FONTS}/" if ending in FONT_ENDINGS else ""
        return f"{folder}{own}"
