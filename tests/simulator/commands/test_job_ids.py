from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.simulator.commands.job_ids import JobId, read_job_id
from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import gpus, submit, want


@given(st.integers(0, 10**9), st.sets(st.integers(0, 500), min_size=1))
def test_ids_and_tasks_are_read_back(number: int, tasks: set[int]):
    assert read_job_id(str(number)) == JobId(number)
    assert read_job_id(f"{number}+3") == JobId(number, None, 3)
    assert read_job_id(f"{number}_[{','.join(map(str, tasks))}%4]") == JobId(number, frozenset(tasks))


@given(st.text())
def test_anything_else_is_no_id(text: str):
    wanted = read_job_id(text)
    assert wanted is None or text[0].isdecimal()


def test_an_id_means_the_job_the_array_its_tasks_or_a_component(sim: Simulation):
    [plain, rest] = submit(sim, want(), want(tasks=(3, 4, 5), array_limit=1))
    [leader] = submit(sim, want(others=(gpus(1),)))
    task = next(job for job in sim.holders() if job.task == 3)
    second = sim.components(leader)[1]

    def meant(text: str) -> list[int]:
        wanted = read_job_id(text)
        assert wanted is not None
        return [job.job_id for job in sim.jobs.values() if wanted.matches(job)]

    assert meant(f"{plain.job_id}") == [plain.job_id]
    assert sorted(meant(f"{rest.job_id}")) == sorted([rest.job_id, task.job_id])
    assert meant(f"{rest.job_id}_3") == [task.job_id]
    assert meant(f"{rest.job_id}_[4-9]") == [rest.job_id]
    assert meant(f"{leader.job_id}") == [leader.job_id, second.job_id]
    assert meant(f"{leader.job_id}+1") == [second.job_id]
    assert meant(f"{plain.job_id}_1") == []
