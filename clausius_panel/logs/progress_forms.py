"""What lines look like that tell how far something is.

Every pattern has the group `percent`, or `done` and `total`, or all three; it may have `left` and `spent` (spans
of time) and `unit`. The forms of one group are tried together: of those that fit, the one that ends last in the
line counts.
"""

from __future__ import annotations

import re

from .time_left import SPAN

__all__ = ["BARE", "FORMS", "MEANS_ELSE", "MEANS_PROGRESS", "NO_COUNT"]

_NUMBER = r"(?:\d{1,3}(?:[,_]\d{3})+|\d+)(?:\.\d+)?[kMG]?"
_OF = rf"(?P<done>{_NUMBER})\s*/\s*(?P<total>{_NUMBER})"
_PERCENT = r"(?<![\d.])(?P<percent>\d{1,3})"
_RULE = r"(?<![━╸╺])[━╸╺]+ *"  # as rich and Keras draw bars
_UNITS = (
    r"steps?|iter(?:ation)?s?|epochs?|batch(?:es)?|samples?|files?|chunks?|tasks|items?|progress|examples?|tokens?|"
    r"frames?|rounds?|episodes?|folds?|seeds?|requests?|prompts?|generations?|completed|processed"
)
_LEVELS = r"TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|\d[\d:.,]*Z?"

FORMS = tuple(
    tuple(re.compile(pattern, re.IGNORECASE) for pattern in group)
    for group in (
        (  # tqdm: 45%|####    | 45/100 [01:30<01:50,  2.00s/it]
            rf"{_PERCENT}%\|[^|\n]*\|?(?:\s*(?P<done>{_NUMBER})/(?P<total>{_NUMBER}))?"
            rf"(?:\s*\[(?P<spent>[^<\]\n]*)<(?P<left>{SPAN}|\?))?",
            # Keras 2: 450/1200 [=====>......] - ETA: 3:12 - loss: 0.3
            rf"^{_OF}\s*\[[=>.#\s-]{{3,}}\](?:\s*-\s*ETA:\s*(?P<left>{SPAN}))?",
            # Keras 3: 450/1200 ━━━━━━━━━━ 3:12 25ms/step
            rf"^{_OF}\s*{_RULE}(?P<left>{SPAN})?",
            # rich: Working... ━━━━━━━━ 45% 0:01:02; two times beside each other may be in either order
            rf"{_RULE}{_PERCENT}%(?:[\s•]+(?P<left>\d+:\d{{2}}(?::\d{{2}})?)(?![\d:]|[\s•/]*\d+:))?",
            # rich and pip: ━━━━━━━━ 12.3/45.6 MB 10.2 MB/s eta 0:00:04
            rf"{_RULE}{_OF}(?:\s*[kMGT]?i?B\b)?",
        ),
        (  # step 50/20000, Epoch: [3/10], processed 5k of 10k
            rf"\b(?P<unit>{_UNITS})\b\s*[:=#]?\s*[\[(]?\s*(?P<done>{_NUMBER})\s*(?:/|of)\s*(?P<total>{_NUMBER})"
            r"(?![\w/.-])",
            # [12/100] where a line begins, behind the head of a logger, Epoch: [3], Epoch(train), or Epoch: 3
            rf"(?:^|[\])|>:-]\s*|\b(?:{_LEVELS})\s+)\[\s*{_OF}\s*(?:\(\d{{1,3}}%\)\s*)?\]",
            rf"^{_OF}(?![\w/.-])\s*(?:$|[:|-])",
        ),
    )
)
"""In the order in which they are tried on a line."""

NO_COUNT = re.compile(
    r"\b(?:ranks?|gpus?|nodes?|workers?|replicas?|hosts?|peers?|devices?|ports?|world|local|mem|memory|"
    r"dates?|times?|versions?|loss|scores?|acc|accuracy|usage|used|disk|util|ratio|rate|errors?)\b[\s:=#]*\[|"
    r"\bretr(?:y|ies|ying)\b|\battempts?\b",
    re.IGNORECASE,
)
"""Lines in which `n/m` tells which one something is, how much of it is used, or how often it was tried."""

BARE = re.compile(r"(?<![\d.,])(?P<percent>\d{1,3}(?P<decimals>\.\d+)?)\s?%(?![\w%])")
"""A percentage alone: it may be of anything."""

MEANS_PROGRESS = re.compile(
    r"\b(?:progress|complete[d]?|done|finished|processed|download(?:ed|ing)?|loading|remaining|epoch|step)\b",
    re.IGNORECASE,
)
"""What makes a percentage one of progress."""

MEANS_ELSE = re.compile(
    r"util|usage|\bused?\b|memory|\bmem\b|\bcpu|\bgpu|disk|acc|loss|precision|recall|score|\bload\b|free|quota|"
    r"drop|rate|sparsity|ratio|f1|error|fail|pass|confiden|warmup|mfu|batter",
    re.IGNORECASE,
)
"""What makes a percentage one of something else."""
