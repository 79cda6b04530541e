from clausius_panel.model import ACTIVE_STATES, FINAL_STATES
from clausius_panel.simulator.commands.squeue_fields import CODES, LETTERS, exit_number, priority
from clausius_panel.simulator.simulation import AGING_S, Simulation
from tests.simulator.kit import submit, want


def test_all_states_are_slurms_and_have_a_short_form_of_their_own():
    assert CODES.keys() <= FINAL_STATES | ACTIVE_STATES
    assert len(set(CODES.values())) == len(CODES)


def test_exit_codes_are_as_wait_gives_them(sim: Simulation):
    failed, killed = submit(sim, want(exit_code="3:0"), want(exit_code="0:9"))
    assert (exit_number(failed), exit_number(killed)) == (768, 9)


def test_priority_grows_while_a_job_waits_and_stands_still_while_it_runs(sim: Simulation):
    running, waiting, held = submit(sim, want(), want(begin_s=1e6), want(held="user"))
    assert priority(waiting, 100 * AGING_S) == priority(waiting, 0.0) + 100
    assert priority(running, 100 * AGING_S) == priority(running, 0.0)
    assert priority(held, 0.0) == 0


def test_all_letters_of_the_manual_are_there():
    assert set(LETTERS) >= set("aABbCcDdEeFfGgHhIiJjKkLlmMNnoOPpQqRrStTUuVvWwXxYyZz")
