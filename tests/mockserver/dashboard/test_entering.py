"""Who may look at the dashboard and who may change something there, asked without a browser."""

import re
import subprocess
import sys
from http.cookies import SimpleCookie
from typing import Any

import pytest
from werkzeug.test import Client, Cookie, TestResponse

from mockserver.settings import Settings
from mockserver.wiring import build

PAGES = "/_mock/dashboard"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
TOKEN = "a-token-for-the-dashboard"
KEY_OF_NOBODY = f"{PAGES}/keys/key_of_nobody/revoke"
KEY = f"{PAGES}/keys/key_acme_public/revoke"


def browser(**settings: Any) -> Client:
    return build(Settings(**settings)).app.test_client()


def form_token(page: TestResponse) -> str:
    (token,) = set(re.findall(r'name="form_token" value="([^"]+)"', page.text))
    return str(token)


def signed_in(client: Client, token: str) -> Client:
    sent = {"form_token": form_token(client.get(f"{PAGES}/sign-in")), "token": token}
    assert client.post(f"{PAGES}/sign-in", data=sent).status_code == 303
    return client


def proof_in(client: Client) -> Cookie:
    (proof,) = [each for each in (client._cookies or {}).values() if each.key.startswith("kordkit-dashboard")]
    return proof


def revoked(client: Client, **headers: str) -> bool:
    keys = client.get("/_mock/keys", headers=headers).get_json()["keys"]
    return ("key_acme_public", "revoked") in {(key["id"], key["status"]) for key in keys}


def test_browsers_are_led_to_the_pages_and_programs_get_what_they_got() -> None:
    client = browser()
    for path in ("/_mock", "/_mock/"):
        answer = client.get(path, headers=HTML)
        assert (answer.status_code, answer.location) == (302, f"{PAGES}/")
    assert client.get(f"{PAGES}/", headers=HTML).location == f"{PAGES}/traffic"
    assert client.get("/_mock").get_json()["what"] == "the control API of a kordkit mock"
    assert client.get("/_mock", headers={"Accept": "*/*"}).is_json
    assert client.get("/_mock/").mimetype == "application/problem+json"


@pytest.mark.parametrize("path", ["/", "/traffic", "/keys", "/limits", "/nothing", "/assets/page.js", "/assets/no.js"])
def test_nothing_goes_out_without_its_guards(path: str) -> None:
    client = browser()
    for answer in (client.get(PAGES + path, buffered=True), client.post(PAGES + path)):
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"


def test_no_page_has_script_or_style_within_it() -> None:
    client = browser()
    for path in ("/traffic", "/keys", "/keys/key_acme_public", "/limits", "/nothing"):
        page = client.get(PAGES + path).text
        assert re.findall(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|\shx-on", page) == []


def test_a_form_is_taken_from_its_own_page_only() -> None:
    client = browser()
    token = form_token(client.get(f"{PAGES}/keys"))
    refused = {
        "no token": {"data": {}},
        "another token": {"data": {"form_token": token[::-1]}},
        "another site": {"data": {"form_token": token}, "headers": {"Origin": "https://evil.example"}},
        "another port": {"data": {"form_token": token}, "headers": {"Origin": "http://localhost:9999"}},
        "no origin at all": {"data": {"form_token": token}, "headers": {"Origin": "null"}},
        "a page elsewhere": {"data": {"form_token": token}, "headers": {"Sec-Fetch-Site": "cross-site"}},
    }
    for why, sent in refused.items():
        assert client.post(KEY, **sent).status_code == 403, why  # type: ignore[arg-type]
    assert not revoked(client)
    assert client.post(KEY, data={"form_token": token}, headers={"Origin": "http://localhost"}).status_code == 200
    assert revoked(client)


def test_a_token_without_the_cookie_of_its_browser_is_none() -> None:
    client, other = browser(), browser()
    token = form_token(client.get(f"{PAGES}/keys"))
    assert other.post(KEY, data={"form_token": token}).status_code == 403


def test_the_token_may_stand_in_a_header() -> None:
    client = browser()
    token = form_token(client.get(f"{PAGES}/keys"))
    assert client.post(KEY_OF_NOBODY, headers={"X-Form-Token": token}).status_code == 404


def test_a_name_that_leads_here_from_elsewhere_opens_nothing() -> None:
    client = browser()
    for path in ("/traffic", "/keys", "/traffic/stream", "/limits/usage"):
        assert client.get(PAGES + path, headers={"Host": "rebound.example"}).status_code == 403
    assert client.get(f"{PAGES}/keys", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 403


def test_beyond_loopback_the_admin_token_is_asked_for() -> None:
    client = browser(admin_token=TOKEN)
    for path in ("/traffic", "/keys", "/traffic/stream", "/limits/usage"):
        answer = client.get(PAGES + path, headers={"Host": "mock.example"})
        assert answer.status_code == 401
        assert "Admin token" in answer.text
        assert "Website" not in answer.text
    assert client.get(f"{PAGES}/assets/base.css", buffered=True).status_code == 200


def test_a_proof_of_the_token_is_kept_and_not_the_token() -> None:
    client = browser(admin_token=TOKEN)
    token = form_token(client.get(f"{PAGES}/sign-in"))
    wrong = client.post(f"{PAGES}/sign-in", data={"form_token": token, "token": "wrong"})
    assert (wrong.status_code, "Set-Cookie" in wrong.headers) == (401, False)
    right = client.post(f"{PAGES}/sign-in", data={"form_token": token, "token": TOKEN})
    assert right.status_code == 303
    (cookie,) = SimpleCookie(right.headers["Set-Cookie"]).values()
    assert (cookie["samesite"], cookie["httponly"], cookie["path"]) == ("Strict", True, "/")
    assert TOKEN not in right.headers["Set-Cookie"]
    assert client.get(f"{PAGES}/keys").status_code == 200
    # It is the dashboard's alone, and a form wants its own token still.
    assert client.get("/_mock/keys").status_code == 401
    assert client.post(KEY).status_code == 403
    assert client.post(KEY, data={"form_token": token}).status_code == 200
    assert revoked(client, Authorization=f"Bearer {TOKEN}")
    assert client.post(f"{PAGES}/sign-out", data={"form_token": token}).status_code == 303
    assert client.get(f"{PAGES}/keys").status_code == 401


def test_a_proof_of_another_token_is_none() -> None:
    client, other = signed_in(browser(admin_token=TOKEN), TOKEN), browser(admin_token=TOKEN + "2")
    cookie, own = proof_in(client), proof_in(signed_in(other, TOKEN + "2"))
    other.set_cookie(own.key, cookie.value)
    assert other.get(f"{PAGES}/keys").status_code == 401
    other.set_cookie(own.key, own.value)
    assert other.get(f"{PAGES}/keys").status_code == 200


def test_one_browser_signs_in_at_mocks_whose_tokens_differ() -> None:
    """At other ports of one host: browsers send cookies to all of them."""
    client, other = (signed_in(browser(admin_token=token), token) for token in (TOKEN, TOKEN + "2"))
    for cookie in (proof_in(client), proof_in(other)):
        client.set_cookie(cookie.key, cookie.value)
        other.set_cookie(cookie.key, cookie.value)
    for each in (client, other):
        assert each.get(f"{PAGES}/keys").status_code == 200
    other.post(f"{PAGES}/sign-out", data={"form_token": form_token(other.get(f"{PAGES}/keys"))})
    assert other.get(f"{PAGES}/keys").status_code == 401
    assert client.get(f"{PAGES}/keys").status_code == 200


def test_over_https_cookies_stay_there() -> None:
    client = browser(admin_token=TOKEN)
    answer = client.get(f"{PAGES}/sign-in", base_url="https://mock.example")
    assert "; Secure; HttpOnly" in answer.headers["Set-Cookie"]


def test_bodies_of_strangers_are_not_waited_for() -> None:
    built = build(Settings(admin_token=TOKEN))
    asked = {"REQUEST_METHOD": "POST", "HTTP_HOST": "mock.example", "PATH_INFO": KEY}
    assert built.gate.body_limit(dict(asked)) == 0
    assert built.gate.body_limit({**asked, "PATH_INFO": f"{PAGES}/sign-in"}) > 0
    assert built.gate.body_limit({**asked, "HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}) > 0


def test_cookies_of_the_dashboard_are_masked_in_the_journal() -> None:
    client = browser()
    client.get(f"{PAGES}/keys")
    client.get("/api/calendar/v1/public/org/acme-salon")
    (entry,) = client.get("/_mock/requests").get_json()["requests"]
    assert entry["headers"]["cookie"] == "[redacted]"


def test_a_world_has_its_pages_and_knows_the_others() -> None:
    client = browser()
    client.post("/_mock/worlds/blue")
    page = client.get(f"/w/blue{PAGES}/keys")
    assert f'href="/w/blue{PAGES}/limits"' in page.text
    assert f'href="{PAGES}/keys"' in page.text
    answer = client.post(f"/w/blue{KEY}", data={"form_token": form_token(page)})
    assert answer.status_code == 200
    assert not revoked(client)
    assert "revoked" in client.get(f"/w/blue{PAGES}/keys/key_acme_public").text


def test_nobody_pays_for_it_who_does_not_look() -> None:
    script = (
        "import sys\n"
        "from mockserver.settings import Settings\n"
        "from mockserver.testing.control import through_wsgi\n"
        "from mockserver.wiring import build\n"
        "built = build(Settings())\n"
        "ask = through_wsgi(built.gate, 'http://localhost')\n"
        "for path in ('/api/calendar/v1/public/org/acme-salon', '/api/no', '//', '/_mock/health'):\n"
        "    assert ask('GET', path, [], b'').status in (200, 401, 404)\n"
        "assert not {'flask', 'werkzeug', 'jinja2'} & sys.modules.keys()\n"
        "client = built.app.test_client()\n"
        "assert client.get('/_mock/clock').status_code == 200\n"
        "late = ['mockserver.web.dashboard.app', 'mockserver.web.dashboard.pages']\n"
        "assert not [name for name in late if name in sys.modules]\n"
        "assert client.get('/_mock/dashboard/keys').status_code == 200\n"
        "assert all(name in sys.modules for name in late)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
