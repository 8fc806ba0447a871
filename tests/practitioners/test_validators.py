"""Identifiers, telephone numbers and addresses: what is accepted, what it becomes, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practitioners.errors import InvalidValue
from practitioners.validators import (
    check_email,
    check_enterprise_number,
    check_identifier,
    check_phone,
    check_postal_code,
    looks_like_national_number,
)

NATIONAL_NUMBER = "85073003328"  # the example of the number's published description


@pytest.mark.parametrize(
    "written",
    [
        "14296612004",
        "1-42966-12-004",
        "1 42966 12 004",
        "1.42966.12.004",
        "1‑42966‑12‑004",
        " 14296612 ",
        "14296612004.0",
    ],
)
def test_nihdi_number_is_read_in_every_spelling(written):
    assert check_identifier("nihdi", written).value == "14296612"


def test_nihdi_number_of_eight_digits_is_valid():
    assert check_identifier("nihdi", "71099812").value == "71099812"


@pytest.mark.parametrize(
    "written", ["99999999999", "14296613004", "1429661200", "142966120041", "1429661200A", "", "-", "١٤٢٩٦٦١٢٠٠٤"[:5]]
)
def test_wrong_nihdi_number_is_refused(written):
    with pytest.raises(InvalidValue) as caught:
        check_identifier("nihdi", written)
    assert caught.value.code == "invalid_nihdi"


def test_physician_with_a_practitioners_competence_raises_no_question():
    assert check_identifier("nihdi", "14296612004").warnings == ()


def test_odd_profession_and_competence_are_warned_of():
    assert check_identifier("nihdi", "71099812").warnings == ("nihdi_profession",)
    assert check_identifier("nihdi", "14296612140").warnings == ("nihdi_competence",)


STEMS = st.integers(100_000, 999_999)


@given(STEMS, st.sampled_from([97, 89]), st.sampled_from(["", "003", "004", "005", "006", "007", "008"]))
def test_both_check_digit_rules_are_valid(stem, modulus, competence):
    check = modulus - stem % modulus
    checked = check_identifier("nihdi", f"{stem}{check:02d}{competence}")
    assert checked.value == f"{stem}{check:02d}"
    assert "nihdi_modulus_83" not in checked.warnings


@given(STEMS)
def test_modulus_83_is_only_warned_of(stem):
    check = 83 - stem % 83
    if check in (97 - stem % 97, 89 - stem % 89):
        return
    assert "nihdi_modulus_83" in check_identifier("nihdi", f"{stem}{check:02d}").warnings


@given(STEMS, st.integers(0, 99))
def test_any_other_check_digits_are_refused(stem, check):
    if check in (97 - stem % 97, 89 - stem % 89, 83 - stem % 83):
        return
    with pytest.raises(InvalidValue):
        check_identifier("nihdi", f"{stem}{check:02d}004")


@given(STEMS, st.integers(0, 7), st.integers(1, 9))
def test_one_mistyped_digit_never_passes_the_classic_rule_for_the_same_number(stem, position, shift):
    right = f"{stem}{97 - stem % 97:02d}"
    digit = str((int(right[position]) + shift) % 10)
    wrong = right[:position] + digit + right[position + 1 :]
    assert int(wrong[6:]) != 97 - int(wrong[:6]) % 97


@given(st.text(max_size=80))
def test_whatever_is_typed_gets_an_answer_or_a_clear_error(text):
    for validator in ("none", "nihdi", "enterprise"):
        try:
            answer = check_identifier(validator, text).value
        except InvalidValue as error:
            answer = error.code and error.message
        assert answer


@pytest.mark.parametrize(
    "text",
    [
        NATIONAL_NUMBER,
        "85.07.30-033.28",
        "85 07 30 033 28",
        "850730-033-28",
        "RN: 85.07.30-033.28.",
        "98472899765",
        "17073003384",
    ],
)
def test_national_register_number_is_recognised(text):
    assert looks_like_national_number(text)


@pytest.mark.parametrize(
    "text", ["85073003329", "14296612004", "+32475123456", "87.5290344427115", "16.1363297271872", "2018-06-30", "x"]
)
def test_other_numbers_are_no_national_register_numbers(text):
    assert not looks_like_national_number(text)


@pytest.mark.parametrize("validator", ["none", "nihdi"])
def test_national_register_number_is_never_an_identifier(validator):
    with pytest.raises(InvalidValue) as caught:
        check_identifier(validator, NATIONAL_NUMBER)
    assert caught.value.code == "national_number"


@pytest.mark.parametrize("written", ["0403.170.701", "BE 0403 170 701", "403170701", "BE0403170701"])
def test_enterprise_number_becomes_ten_digits(written):
    assert check_enterprise_number(written) == "0403170701"
    assert check_identifier("enterprise", written).value == "0403170701"


@pytest.mark.parametrize("written", ["0403170702", "2403170701", "123", "abc"])
def test_wrong_enterprise_number_is_refused(written):
    with pytest.raises(InvalidValue) as caught:
        check_enterprise_number(written)
    assert caught.value.code == "invalid_enterprise_number"


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("02 555 12 34", "+3225551234"),
        ("025551234", "+3225551234"),
        ("25551234", "+3225551234"),
        ("0475/12.34.56", "+32475123456"),
        ("+33 1 42 68 53 00", "+33142685300"),
        ("0032 2 555 12 34", "+3225551234"),
    ],
)
def test_telephone_number_becomes_e164(written, stored):
    assert check_phone(written) == stored


@pytest.mark.parametrize("written", ["12", "abc", "+999 123", "0" * 30])
def test_wrong_telephone_number_is_refused(written):
    with pytest.raises(InvalidValue):
        check_phone(written)


def test_email_keeps_its_name_and_lowers_its_domain():
    assert check_email("Jean.Dupont@Example.ORG") == "Jean.Dupont@example.org"


@pytest.mark.parametrize("written", ["jean", "jean@", "@example.org", "a b@example.org", "a" * 250 + "@example.org"])
def test_wrong_email_is_refused(written):
    with pytest.raises(InvalidValue):
        check_email(written)


@pytest.mark.parametrize(
    ("written", "stored"), [("1050", "1050"), ("B-1050", "1050"), ("BE 1050", "1050"), ("1050.0", "1050")]
)
def test_postal_code_is_four_digits(written, stored):
    assert check_postal_code(written) == stored


@pytest.mark.parametrize("written", ["105", "10500", "0999", "E8 1AB"])
def test_wrong_postal_code_is_refused(written):
    with pytest.raises(InvalidValue):
        check_postal_code(written)
