"""What a nation changes, and what it does not."""

from datetime import date

import pytest

from app.rules.nations import NATIONS, act_extends_to, support_test_may_apply


@pytest.mark.parametrize("nation", [None, *NATIONS])
def test_the_act_extends_to_great_britain_and_not_to_northern_ireland(nation):
    assert act_extends_to(nation) is (nation != "northern_ireland")


@pytest.mark.parametrize(
    ("opened_on", "may_apply"),
    [
        pytest.param(date(2017, 9, 12), True, id="the day before"),
        pytest.param(date(2017, 9, 13), False, id="the day"),
        pytest.param(date(2017, 9, 14), False, id="the day after"),
    ],
)
def test_devolved_welsh_authorities_are_exempt_from_september_2017(opened_on, may_apply):
    found = support_test_may_apply(
        important_public_service=True, devolved_welsh_authority=True, opened_on=opened_on
    )
    assert found is may_apply


def test_other_important_public_services_are_not_exempt_and_no_other_service_is_included():
    day = date(2025, 6, 2)
    assert support_test_may_apply(
        important_public_service=True, devolved_welsh_authority=False, opened_on=day
    )
    assert not support_test_may_apply(
        important_public_service=False, devolved_welsh_authority=False, opened_on=day
    )
