from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.errors import ParseError
from clausius_panel.slurm.scontrol import ClusterFacts, parse

DATA = Path(__file__).parent / "data"


def test_the_facts_of_the_recorded_configuration():
    assert parse((DATA / "config-22.05-beta.txt").read_text(encoding="utf-8")) == ClusterFacts(
        version="22.05.8", cluster_name="beta", has_accounting=True, min_job_age_s=300, message_timeout_s=10
    )


@pytest.mark.parametrize("storage", ["(null)", "accounting_storage/none", ""])
def test_a_cluster_without_accounts(storage: str):
    text = f"AccountingStorageType   = {storage}\nSLURM_VERSION           = 23.11.10\n"
    assert not parse(text).has_accounting


def test_without_a_version_it_is_no_configuration():
    with pytest.raises(ParseError, match="no SLURM_VERSION"):
        parse("slurm_load_ctl_conf error: Unable to contact slurm controller\n")


@given(st.text(max_size=80))
def test_any_other_text_is_a_parse_error_or_names_a_version(text: str):
    try:
        facts = parse(text + "\nSLURM_VERSION = 26.05.1\n")
    except ParseError:
        pytest.fail("the version is there")
    assert facts.version == "26.05.1"
