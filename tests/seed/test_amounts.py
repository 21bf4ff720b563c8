"""How a printed number is read."""

from decimal import Decimal

import pytest

from seed.events import Amount, amount


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("12744", Amount("exact", Decimal(12744))),
        (">73000", Amount("at_least", Decimal(73000))),
        ("~33000", Amount("about", Decimal(33000))),
        ("26-28", Amount("range", low=Decimal(26), high=Decimal(28))),
    ],
)
def test_a_number_is_read_as_it_was_printed(printed, read):
    assert amount(printed) == read
