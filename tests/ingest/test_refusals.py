from clausius_panel.errors import BodyRefused, ClausiusError, RowRefused


def test_a_refusal_names_field_and_row():
    error = BodyRefused("body", "is cut off", row=7)
    assert str(error) == "body: row 7: is cut off"
    assert (error.field, error.row, error.status) == ("body", 7, 422)
    assert str(BodyRefused("hostname", "is missing")) == "hostname: is missing"


def test_a_refused_row_keeps_the_value():
    error = RowRefused("Submit", 5, "must be a time")
    assert (error.field, error.value, error.reason) == ("Submit", 5, "must be a time")
    assert isinstance(error, ClausiusError)
