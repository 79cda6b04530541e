import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.slurm.log_paths import log_path, log_paths

TASK = {"job_id_raw": "400164", "array_job_id": "400159", "array_task_id": "3"}
REST = {"job_id_raw": "400159", "array_job_id": "400159", "array_task_id": "5-9%2"}


def path(pattern: str, **facts: str) -> str:
    given_ = {"work_dir": "/home/alice/pat", "job_id_raw": "400158", "name": "wrap", "user": "alice"}
    return log_path(pattern, **{**given_, **facts})


def test_a_task_of_an_array_gets_what_slurm_22_05_made_of_the_same_pattern():
    # the file that the bed's Slurm wrote; %b is expanded by later versions only
    pattern = "k-%A-%a-%J-%j-%N-%n-%s-%t-%u-%x-%4a-%14j-%q-%Z.out"
    assert path(pattern, **TASK, node_list="beta-n04") == (
        "/home/alice/pat/k-400159-3-400164-400164-beta-n04-0-batch-0-alice-wrap-0003-0000400164-%q-%Z.out"
    )


@pytest.mark.parametrize(
    ("pattern", "facts", "expected"),
    [
        ("%A_%a", {}, "400158_4294967294"),
        ("100%%-%j", {}, "100%-400158"),
        ("%3x.%10u", {}, "wrap.alice"),
        ("%12j", {}, "0000400158"),
        ("%b", TASK | {"array_task_id": "17"}, "7"),
        ("%A_%4a", REST, "400159_%4a"),
        ("%j", REST, "%j"),
        ("%N.out", {}, "%N.out"),
        ("%N", {"node_list": "rack[07-09,11]x,y"}, "rack07"),
        ("%N", {"node_list": "n1.example.org,n2"}, "n1"),
        (r"l\\-%j.out", {}, r"l\-%j.out"),
        (r"l\-%j%", {}, "l-%j%"),
    ],
)
def test_patterns(pattern: str, facts: dict[str, str], expected: str):
    assert path(pattern, **facts) == f"/home/alice/pat/{expected}"


def test_squeue_prints_the_wrong_default_for_arrays():
    shown = "/home/alice/pat/slurm-400164.out"
    assert path(shown, **TASK) == "/home/alice/pat/slurm-400159_3.out"
    assert path(shown, **REST | {"job_id_raw": "400164"}) == "/home/alice/pat/slurm-400159_%a.out"
    assert path(shown, job_id_raw="400164") == shown


@pytest.mark.parametrize("pattern", ["", "(null)", "N/A"])
def test_no_pattern_is_no_path(pattern: str):
    assert path(pattern) == ""


def test_a_name_with_letters_of_patterns_is_not_expanded_again():
    assert path("%x.out", name="50%j {0}") == "/home/alice/pat/50%j {0}.out"


LETTERS = st.sampled_from(
    ["%j", "%x", "%A", "%a", "%u", "%N", "%4j", "%b", "%%", "{", "}", "{0}", "/", "-", "a", "\\"]
)


@settings(max_examples=40)
@given(
    st.lists(st.lists(LETTERS, max_size=6).map("".join), min_size=1, max_size=5),
    st.sampled_from([TASK, REST, {"job_id_raw": "7", "array_job_id": "", "array_task_id": ""}]),
    st.booleans(),
)
def test_the_fast_way_for_columns_gives_what_the_slow_one_gives(
    patterns: list[str], facts: dict[str, str], rooted: bool
):
    patterns = [f"/{pattern}" if rooted else pattern for pattern in patterns]
    columns = {"work_dirs": "/w", "raw_ids": facts["job_id_raw"], "names": "na{me}%j", "users": "ada"}
    columns |= {"array_ids": facts["array_job_id"], "tasks": facts["array_task_id"], "node_lists": "n[1-2]"}
    found = log_paths(patterns, **{name: [text] * len(patterns) for name, text in columns.items()})
    assert found == [
        log_path(pattern, work_dir="/w", name="na{me}%j", user="ada", node_list="n[1-2]", **facts)
        for pattern in patterns
    ]
