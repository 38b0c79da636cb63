from tests.live import Live


def test_smoke(live: Live) -> None:
    answer = live.scan_image("https://a.test/emu-porn.jpg")
    assert answer.json()["Data"]["Results"][0]["SubResults"][0]["Label"] == "porn"
    assert live.scan_text("hello", form=True).status_code == 200
