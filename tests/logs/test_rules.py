import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.errors import InvalidInput
from clausius_panel.logs import LogRules, Mount, PathMap, SearchPath, host_path
from clausius_panel.logs.rules import mounted_path

VALUES = {"{user}": "ada", "{name}": "train", "{job_id}": "7_1", "{array_job_id}": "7", "{work_dir}": "/home/ada"}


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("/scratch/{user}/logs", "/scratch/ada/logs"),
        ("{work_dir}/out/{name}-{job_id}", "/home/ada/out/train-7_1"),
        ("/fixed", "/fixed"),
    ],
)
def test_search_paths_hold_facts_of_the_job(template: str, path: str):
    assert SearchPath(template=template).expanded(VALUES) == path


@pytest.mark.parametrize("name", ["..", "a/b", "../../etc", "", "\x00", "."])
def test_a_jobs_name_leads_nowhere_else(name: str):
    assert SearchPath(template="/scratch/{name}").expanded({"{name}": name}) == ""


@pytest.mark.parametrize("template", ["relative", "", "/a/../b", "~/logs", "{name}/x"])
def test_a_search_path_is_absolute(template: str):
    with pytest.raises(InvalidInput, match="search path"):
        SearchPath(template=template)


def test_a_container_path_is_mapped_by_the_longest_prefix_of_its_cluster():
    maps = [
        PathMap(inside="/work", outside="/lustre/w"),
        PathMap(inside="/work/data", outside="/data"),
        PathMap(inside="/other", outside="/o", cluster="beta"),
    ]
    assert host_path("/work/a", cluster="alpha", maps=maps) == "/lustre/w/a"
    assert host_path("/work/data/a", cluster="alpha", maps=maps) == "/data/a"
    assert host_path("/workshop/a", cluster="alpha", maps=maps) == "/workshop/a"
    assert host_path("/other/a", cluster="alpha", maps=maps) == "/other/a"
    assert host_path("/other/a", cluster="beta", maps=maps) == "/o/a"


@pytest.mark.parametrize(
    ("path", "local"),
    [
        ("/scratch/a/b", "/mnt/s/a/b"),
        ("/scratch", "/mnt/s"),
        ("/scratchy/a", ""),
        ("/home/a", ""),
        ("/scratch/../etc", ""),
        ("", ""),
    ],
)
def test_mounts_map_what_they_hold(path: str, local: str):
    assert mounted_path(path, mounts=[Mount(remote="/scratch/", local="/mnt/s")]) == local


@pytest.mark.parametrize(("remote", "local"), [("a", "/b"), ("/a", "b"), ("/a/../c", "/b"), ("/a", "/b\x00")])
def test_mounts_and_maps_are_absolute(remote: str, local: str):
    with pytest.raises(InvalidInput):
        Mount(remote=remote, local=local)
    with pytest.raises(InvalidInput):
        PathMap(inside=remote, outside=local)


def test_mounts_belong_to_clusters():
    everywhere, beta = Mount(remote="/a", local="/b"), Mount(remote="/c", local="/d", cluster="beta")
    assert LogRules(mounts=(everywhere, beta)).mounts_of("alpha") == (everywhere,)


@given(st.dictionaries(st.sampled_from(sorted(VALUES)), st.text(max_size=8)))
def test_an_expanded_search_path_stays_below_its_template(values: dict[str, str]):
    path = SearchPath(template="/scratch/{user}/x-{name}").expanded(values)
    assert not path or (path.startswith("/scratch/") and ".." not in path.split("/") and path.count("/") == 3)
