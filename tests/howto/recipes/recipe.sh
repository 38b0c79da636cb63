url=http://127.0.0.1:8080/_emulator
account=$(curl -sf "$url/accounts" -d '{"name": "ci-job-7"}' | python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])')
curl -sf "$url/rules?account=$account" -d '{"match": {}, "error": "Throttling", "times": 1}'
curl -sf "$url/journal/verify?account=$account" -d '{"match": {"code": "Throttling"}, "count": 0}'
curl -sf -X POST "$url/reset?account=$account"
curl -sf -X DELETE "$url/accounts/$account"
