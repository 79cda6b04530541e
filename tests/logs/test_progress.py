from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.logs import find_progress


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("45%|####      | 45/100 [00:10<00:12, 4.4it/s]", 45),
        ("train:  12%|##   | 6/50 [5.123 loss]", 12),
        ("30%\n", 30),
        ("[ 30%] building", 30),
        ("0%|          | 0/10 [00:00<?, ?it/s]", 0),
        ("100%|##########| 10/10 [00:01<00:00, 9.9it/s]", 100),
        ("Progress: 30%", 30),
        ("45.5% complete", 45.5),
        ("downloading model 80 %", 80),
        ("20% remaining", 80),
        ("step     50/20000 | loss 3.0708", 0.25),
        ("Epoch 3/10", 30),
        ("epoch 1 of 4", 25),
        ("[2026-11-22 00:19:16] step   3000/20000 | loss 2.0861 | eta 16:50:24", 15),
        ("[ 120/1000] loss 0.3", 12),
        ("12/48:", 25),
        ("Iteration: 1,000/4,000", 25),
        ("processed 5k/10k", 50),
        ("tasks: 3/12", 25),
        ("\x1b[32m 50%\x1b[0m|#####     | 5/10", 50),
        ("10%|#  |\r20%|## |\r", 20),
        ("10%|#  |\nno progress here\n", 10),
        ("10%|#  |\n20%|## |\n", 20),
        (" 450/1200 [=========>....................] - ETA: 3:12 - loss: 0.3", 37.5),
        ("450/1200 ━━━━━━━━━━━━━━━━━━━━ 3:12 25ms/step - loss: 0.3", 37.5),
        ("\x1b[1m450/1200\x1b[0m \x1b[32m━━━━\x1b[0m\x1b[37m━━━━━━\x1b[0m \x1b[1m3:12\x1b[0m 25ms/step", 37.5),
        ("Epoch 3/10\n 450/1200 [===>...] - ETA: 3:12", 37.5),
        ("Epoch: [3]  [ 450/1200]  eta: 0:12:34  lr: 0.0001  loss: 0.3 (0.4)", 37.5),
        ("Epoch: [0][ 450/1200]\tTime  0.5 ( 0.6)\tAcc@1 20.00 ( 10.00)", 37.5),
        ("2026/11/22 12:00:00 - mmengine - INFO - Epoch(train) [3][ 450/1200]  lr: 1e-3  eta: 2:01:02", 37.5),
        ("Iter(train) [ 450/1200]  eta: 2:01:02", 37.5),
        ("Test:  [ 450/1200]  eta: 0:16:40", 37.5),
        ("Working... ━━━━━━━━━━━━━━━━━━ 45% 0:01:02", 45),
        ("Working... ━━━━━╸             45% -:--:--", 45),
        ("   ━━━━━━━━━━ 9.0/45.0 MB 10.2 MB/s eta 0:00:04", 20),
        ("2026-11-22 12:00:00 INFO [12/100] foo", 12),
        ("INFO:root:[12/100] foo", 12),
        ("[2026-11-22 12:00:00,123][main][INFO] - [12/100] foo", 12),
        ("step 5K/10K", 50),
        ("Train Epoch: 3 [12000/60000 (20%)]\tLoss: 0.3", 20),
        ("Epoch [3/10], Step [100/600], Loss: 0.3", 100 / 6),
    ],
)
def test_progress_is_seen(text: str, percent: float):
    found = find_progress(text)
    assert found is not None
    assert found.percent == pytest.approx(percent)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "GPU util 98% ok",
        "GPU 0: 98%",
        "CPU usage: 45%",
        "memory 91%",
        "accuracy 93%",
        "acc=93.2%",
        "eval/loss down 3%",
        "101%|",
        "101%",
        "0.5% ",
        "load average 80%",
        "dropout 10%",
        "disk /scratch is 97% full, used 97%",
        "sparsity: 50%",
        "https://host/a%20b/30%25",
        "2024/05/12 started",
        "12/31/24 10:00 started",
        "on 1/2 GPUs of node",
        "step 9/3",
        "task 0 of 1000156",
        "task 3/12 on node7",
        "step 0/0",
        "/data/shards/3/10/file",
        "warmup ratio 5%",
        "2026/11/22",
        "2026-11-22 12:00:00 INFO report of 2026/11/22 is written",
        "[2026/11/22] started",
        "[11/22 10:00:00] started",
        "INFO [11/22 10:00:00] started",
        "11/22/26",
        "10.0.0.1/24",
        "inet 10.0.0.1/24 is up",
        "http://node7/3/10",
        "loss 0.12/epoch",
        "INFO loss 0.12/epoch",
        "rank [0/8] is up",
        "INFO GPU: [1/8] A100",
        "WARNING [1/5] retrying after a timeout",
        "Attempt: [2/3]",
        "array[3/10]",
        "Memory: [45/80]",
        "INFO date: [11/22]",
        "val loss: [3/4]",
        "━━━━━━━━ 12:00 ━━━━━━━━",
        "the price fell by 20% in the story that the model wrote about progressives and other people",
    ],
)
def test_what_is_no_progress(text: str):
    assert find_progress(text) is None


@pytest.mark.parametrize(
    ("text", "elapsed_s", "eta_s"),
    [
        ("45%|#| 45/100 [01:30<01:50,  2.00s/it]", None, 110),
        ("45%|#| 45/100 [01:30<1:01:50,  2.00s/it]", 1000, 3710),
        ("1%|#| 1/100 [01:30<49:00:00, 2.00s/it]", None, 49 * 3600),
        ("step 25/100 eta 90s", None, 90),
        ("step 25/100 eta: 1.2.3", None, None),
        ("0%|#| 0/100 [00:00<?, ?it/s]", None, None),
        ("step 25/100", 50, 150),
        ("step 25/100 eta 1h 5m", 50, 3900),
        ("step 25/100 | eta 00:10", None, 10),
        ("step 0/100", 50, None),
        ("100%|#| 4/4", 50, None),
        ("eta: 1 day, 3:12:11 step 5/100", None, 97931),
        ("ETA: 1d 2h 3m step 5/100", None, 93780),
        ("step 5/100 eta 2-01:00:00", None, 49 * 3600),
        ("step 5/100 eta 2 days", None, 2 * 86400),
        ("step 5/100 eta: 90 minutes", None, 5400),
        ("9%|#| 9/100 [1 day, 2:00:00<9 days, 18:00:00, 9e3s/it]", None, 842400),
        ("step 5/100 eta=0.1", None, None),
        (" 450/1200 [===>....] - ETA: 3:12 - loss: 0.3", 10, 192),
        ("450/1200 ━━━━━━━━━━ 3:12 25ms/step", 10, 192),
        ("450/1200 ━━━━━━━━━━ 12s 25ms/step", 10, 12),
        ("600/1200 ━━━━━━━━━━ 25ms/step", 10, 10),
        ("1200/1200 ━━━━━━━━━━ 30s 25ms/step", 10, None),
        ("Epoch: [3]  [ 450/1200]  eta: 0:12:34  lr: 0.1", 10, 754),
        ("Epoch(train) [3][ 450/1200]  lr: 1e-3  eta: 1 day, 2:01:02  time: 0.2", 10, 93662),
        ("Working... ━━━━━━━━ 45% 0:01:02", 10, 62),
        ("Working... ━━━━━━━━ 50% 0:00:10 0:01:02", 10, 10),
        ("Working... ━━━━━━━━ 100% 0:01:02", 10, None),
    ],
)
def test_the_time_left(text: str, elapsed_s: float | None, eta_s: float | None):
    found = find_progress(text, elapsed_s=elapsed_s)
    assert found is not None
    assert found.eta_s == eta_s


TRAINING = "Epoch 7:  73%|#######   | 730/1000 [12:10<04:30,  1.00it/s]"


@pytest.mark.parametrize(
    "after",
    [
        "Validation DataLoader 0: 100%|##########| 10/10 [00:03<00:00,  3.00it/s]",
        "Loading checkpoint shards: 100%|##########| 4/4 [00:03<00:00]\nINFO loaded",
        "Validation:  50%|#####     | 5/10\nValidation: 100%|##########| 10/10\n\n",
        "Validation:  50%|#####     | 5/10 [00:01<00:01]\rValidation: 100%|##########| 10/10 [00:02<00:00]",
        "50%\n75%\n100%\n",
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r"])
def test_what_is_finished_does_not_hide_what_is_not(after: str, end: str):
    found = find_progress(f"{TRAINING}{end}{after}", elapsed_s=3600)
    assert found is not None
    assert (found.percent, found.total, found.eta_s) == (73, 1000, 270)


@pytest.mark.parametrize(
    "text",
    [
        "Loading checkpoint shards: 100%|##########| 4/4 [00:03<00:00]\nINFO the server is up\n",
        "Loading checkpoint shards: 100%|##########| 4/4 [00:03<00:00]",
        "shards:  25% Completed | 1/4\nshards: 100% Completed | 4/4\nINFO the server is up\n",
        "step 90/100\nstep 100/100\nsaving\n",
    ],
)
def test_what_is_finished_is_not_how_far_a_running_job_is(text: str):
    assert find_progress(text, elapsed_s=3600) is None


@pytest.mark.parametrize(
    "text", ["train: 100%|##########| 4/4 [58:00<00:00]\n\n", "step 90/100\nstep 100/100\n", "90%\n100%\n"]
)
def test_what_is_finished_and_last_is_told_without_a_time_left(text: str):
    found = find_progress(text, elapsed_s=3600)
    assert found is not None
    assert (found.percent, found.eta_s) == (100, None)


def test_the_epochs_count_where_the_batches_of_one_are_done():
    found = find_progress("Epoch 3/10\n1200/1200 [==========] - 30s 25ms/step - loss: 0.1\n")
    assert found is not None
    assert (found.percent, found.unit) == (30, "epoch")


@pytest.mark.parametrize("line", ["Epoch: [3/10] loss 0.3", "INFO epoch 3/10", "epoch 3 of 10"])
def test_the_unit_is_told_in_brackets_and_without(line: str):
    found = find_progress(line)
    assert found is not None
    assert (found.done, found.total, found.unit) == (3, 10, "epoch")


def test_numbers_and_unit_are_told():
    found = find_progress("steps: 1,500/3k")
    assert found is not None
    assert (found.done, found.total, found.unit) == (1500, 3000, "steps")


@given(st.text(st.sampled_from("0123456789%/|[]<>:, \n\rstepofdaykM.?=━-INFO"), max_size=80))
def test_any_text_gives_a_percentage_or_none(text: str):
    found = find_progress(text, elapsed_s=10)
    assert found is None or 0 <= found.percent <= 100
    assert found is None or found.eta_s is None or found.eta_s >= 0


HEADS = st.sampled_from(["", "train: ", "INFO ", "2026-11-22 12:00:00 INFO ", "[rank0]: "])


@given(head=HEADS, done=st.integers(0, 10**7), more=st.integers(1, 10**7), left_s=st.integers(1, 10**7))
def test_a_bar_is_read_as_it_was_written(head: str, done: int, more: int, left_s: int):
    total, left = done + more, timedelta(seconds=left_s)
    for bar in (
        f"{done}/{total} [===>...] - ETA: {left} - loss: 0.1",
        f"{done}/{total} ━━━━━━ {left} 25ms/step",
        f"{head}Epoch: [3]  [{done:>4}/{total}]  eta: {left}  lr: 0.1",
        f"{head}{done / total:.0%}|## | {done}/{total} [10:00<{left}, 2.00s/it]",
        f"{head}step {done}/{total} | eta {left}",
    ):
        found = find_progress(bar, elapsed_s=10)
        assert found is not None
        assert (found.done, found.total, found.eta_s) == (done, total, left_s)


@given(st.dates(), st.sampled_from(["{}/{:02}/{:02}", "{2:02}/{1:02}/{0}", "{1}/{2}/{0}"]), HEADS)
def test_no_date_is_progress(day: date, form: str, head: str):
    text = form.format(day.year, day.month, day.day)
    assert find_progress(f"{head}{text}") is None
    assert find_progress(f"{head}{text} 12:00:00 begun") is None
