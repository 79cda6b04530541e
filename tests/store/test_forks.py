"""Each test forks in a program of its own: pytest's process has threads."""

from tests.store.processes import count_rows, finished

CHILD = """
import os, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # 3.12 warns of every fork beside threads
def fork(work):
    child = os.fork()
    if not child:
        try:
            work()
        except StoreError as error:
            say(error)
        os._exit(0)
    return os.waitpid(child, 0)[1]
"""


def test_a_forked_child_reads_and_writes_as_its_parent_does(store, spawn):
    store.close()
    program = """
store = Store.open(path)
add(store)
def work():
    add(store)
    say(count(store))
assert fork(work) == 0
add(store)
say(count(store))
"""
    assert finished(spawn(CHILD + program)).split() == ["2", "3"]
    assert count_rows(store) == 3


def test_a_fork_waits_for_other_threads_to_finish(store, spawn):
    store.close()
    program = """
store = Store.open(path)
inside = threading.Event()
def slow():
    with store.write() as cur:
        cur.execute(ADD, ["slow"])
        inside.set()
        time.sleep(0.3)
thread = threading.Thread(target=slow)
thread.start()
inside.wait()
assert fork(lambda: say(count(store))) == 0
thread.join()
"""
    assert finished(spawn(CHILD + program)) == "1"


def test_a_child_forked_amid_a_question_is_told_and_harms_nobody(store, spawn):
    store.close()
    program = """
store = Store.open(path)
add(store)
with store.read() as cur:
    assert fork(lambda: count(store)) == 0
    assert cur.execute("SELECT count(*) FROM audit").fetchall() == [(1,)]
add(store)
say(count(store))
"""
    said = finished(spawn(CHILD + program)).splitlines()
    assert "forked while the store was in use" in said[0]
    assert said[1] == "2"
