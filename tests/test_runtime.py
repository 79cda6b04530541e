import pytest

from clausius_panel import actions, config
from clausius_panel.errors import StoreMissing, UnknownCluster
from clausius_panel.model import Cluster
from clausius_panel.runtime import Runtime


@pytest.fixture
def runtime(tmp_path, slurm):
    with Runtime(config.load(environ={}, data_dir=tmp_path / "data"), create=True) as runtime:
        cluster = Cluster(name="alpha", kind="local", scope="everyone", slurm_path=str(slurm.directory))
        actions.add_cluster(runtime.store, cluster, config=runtime.config)
        yield runtime


def test_without_a_store_it_says_how_to_make_one(tmp_path):
    with pytest.raises(StoreMissing, match="clausius setup"):
        Runtime(config.load(environ={}, data_dir=tmp_path / "nothing"))


def test_refresh_asks_every_cluster_unless_told_which(runtime, slurm):
    slurm.answer(queue=[])
    assert [found.cluster for found in runtime.refresh()] == ["alpha"]


def test_an_unknown_cluster_is_refused_before_anything_is_written(runtime):
    revision = runtime.store.revision
    with pytest.raises(UnknownCluster):
        runtime.refresh(["nosuch"])
    assert runtime.store.revision == revision


def test_a_connection_is_shared_until_its_configuration_changes(runtime):
    first = runtime.client("alpha").transport
    assert runtime.client("alpha").transport is first
    actions.update_cluster(runtime.store, "alpha", config=runtime.config, description="moved")
    assert runtime.client("alpha").transport is not first


def test_closing_twice_is_harmless(runtime):
    runtime.close()
    runtime.close()


def test_what_is_typed_at_a_login_is_asked_of_the_transport(runtime):
    before = runtime.client("alpha").transport
    runtime.login("alpha", lambda prompt, echo: "")
    assert runtime.client("alpha").transport is not before


def test_logging_in_to_an_unknown_cluster_is_refused(runtime):
    with pytest.raises(UnknownCluster):
        runtime.login("nosuch", lambda prompt, echo: "")


def test_a_cluster_that_never_answered_is_met_once(runtime, slurm):
    slurm.answer(queue=[])
    runtime.meet("alpha")
    asked = list(slurm.calls)
    assert asked
    runtime.meet("alpha")
    assert slurm.calls == asked
