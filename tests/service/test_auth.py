from __future__ import annotations

import logging

import pytest

from clausius_panel.service.auth import without_token
from tests.http import TOKEN


@pytest.mark.parametrize("url", ["/login?token=%s&next=%%FF", "/login?next=%%2F%%3Ftoken%%3D%s", "/?a=1&token=%s"])
def test_a_request_that_makes_no_sense_is_logged_without_its_token(url, caplog):
    logger = logging.getLogger("clausius_panel.test_auth")
    logger.addFilter(without_token)
    logger.warning("400 GET %s (127.0.0.1): Invalid unicode", url % TOKEN)
    assert TOKEN not in caplog.text
    assert "400 GET /" in caplog.text
