"""Hands out access tokens by client credentials or a refresh token, and says of each whether it is good."""

import http.server
import json
import secrets
import sys
import urllib.parse

CLIENT = ("certnotify", "the client's secret")
REFRESH = "the refresh token"
USER = "certnotify@certnotify.test"
given = set()


class Tokens(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        if self.path == "/introspect":
            self.answer(200, {"active": form.get("token") in given, "username": USER})
        elif self.path != "/token" or self.headers["Content-Type"] != "application/x-www-form-urlencoded":
            self.answer(404, {})
        elif (form.get("client_id"), form.get("client_secret")) != CLIENT:
            self.answer(401, {"error": "invalid_client"})
        elif form["grant_type"] == "refresh_token" and form.get("refresh_token") != REFRESH:
            self.answer(400, {"error": "invalid_grant", "error_description": "the token has been revoked"})
        else:
            token = secrets.token_urlsafe(900)
            given.add(token)
            self.answer(200, {"token_type": "Bearer", "expires_in": 3599, "access_token": token})

    def answer(self, status, body):
        body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Tokens).serve_forever()
