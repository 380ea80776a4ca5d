"""Texts and times as they come over the wire."""

from typing import Any

from rest_framework import serializers


class Text(serializers.CharField):
    """A text that can be stored: DRF refuses NUL, this refuses half a surrogate pair as well."""

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise serializers.ValidationError("This is not valid Unicode text.") from None
        return text


class Person(serializers.Serializer[Any]):
    """Who is meant: ``type`` and ``value`` of any identifier."""

    type = Text(max_length=20, help_text="user_id, email, anonymous_id or another kind.")
    value = Text(max_length=500)
