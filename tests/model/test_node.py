import pytest

from clausius_panel.model.node import Node


@pytest.mark.parametrize(
    ("state", "flags", "available"),
    [
        ("IDLE", (), True),
        ("MIXED", ("CLOUD",), True),
        ("ALLOCATED", (), False),
        ("IDLE", ("DRAIN",), False),
        ("IDLE", ("NOT_RESPONDING",), False),
        ("MIXED", ("MAINT",), False),
        ("DOWN", (), False),
    ],
)
def test_a_node_is_available_where_a_job_may_start(state: str, flags: tuple[str, ...], available: bool):
    assert Node(cluster="a", name="n", state=state, flags=flags).is_available is available
