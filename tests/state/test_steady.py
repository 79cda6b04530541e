import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from clausius_panel import queries
from clausius_panel.model import Cluster
from clausius_panel.runtime import Runtime
from clausius_panel.state.steady import TRIES, steadily
from clausius_panel.store import put_cluster
from tests.views.kit import a_runtime


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as made:
        yield made


def add(runtime: Runtime, name: str) -> None:
    """As another thread of this process does."""

    def write() -> None:
        with runtime.store.write() as cur:
            put_cluster(cur, Cluster(name=name, kind="local"))

    writer = threading.Thread(target=write)
    writer.start()
    writer.join(20)


def names(runtime: Runtime) -> list[str]:
    return [config.name for config in queries.cluster_configs(runtime.store)]


def test_a_write_between_two_questions_has_both_asked_again(runtime: Runtime):
    wanted = ["one"]

    def ask(revision: int) -> tuple[int, list[str], list[str]]:
        first = names(runtime)
        while wanted:
            add(runtime, wanted.pop())
        return revision, first, names(runtime)

    revision, first, second = steadily(runtime.store, ask)
    assert first == second == ["one"]
    assert revision == runtime.store.revision


def test_who_writes_without_end_is_not_waited_for_and_the_answer_counts_as_old(runtime: Runtime):
    asked: list[int] = []

    def ask(revision: int) -> int:
        asked.append(revision)
        add(runtime, f"c{len(asked)}")
        return revision

    assert steadily(runtime.store, ask) == asked[-1]
    assert len(asked) == TRIES
    assert asked[-1] < runtime.store.revision
