"""Addresses: no part of one takes any text, so that nothing but the characters of names reaches the database."""

from django.urls import get_resolver
from django.urls.converters import StringConverter


def test_no_part_of_an_address_takes_any_text():
    wide = [
        (pattern.name, name)
        for pattern in get_resolver().url_patterns
        for name, converter in getattr(pattern.pattern, "converters", {}).items()
        if type(converter) is StringConverter
    ]
    assert wide == []
