"""The player: a place in a recording that moves with time, pauses, steps and jumps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.player import EPOCHS_PER_SECOND, Player, ordinal

KEYFRAMES = [0, 1, 2, 5, 9, 20, 40, 80, 130]


def playing(**changes):
    return Player("job", recorded=False, **changes)


def test_it_plays_no_faster_than_one_can_watch():
    player = playing()
    for now in range(3):
        player.advance(float(now), KEYFRAMES)
    assert player.position == pytest.approx(2 * EPOCHS_PER_SECOND)
    assert player.shown(KEYFRAMES) == 9


def test_it_waits_for_a_worker_slower_than_its_pace():
    player = playing()
    player.advance(0.0, [0])
    player.advance(10.0, [0, 1])
    assert player.shown([0, 1]) == 1
    player.advance(10.5, [0, 1, 2, 5])
    assert player.shown([0, 1, 2, 5]) <= 5


def test_the_film_begins_with_the_first_keyframe_however_long_it_took():
    player = playing()
    player.advance(0.0, [])
    player.advance(60.0, KEYFRAMES)
    assert player.shown(KEYFRAMES) == 0


def test_full_speed_shows_the_newest_keyframe():
    player = playing(full_speed=True)
    player.advance(0.0, KEYFRAMES[:4])
    assert player.shown(KEYFRAMES[:4]) == 5


def test_paused_it_stays_and_resumed_it_goes_on_from_there():
    player = playing()
    player.advance(0.0, KEYFRAMES)
    player.playing = False
    player.advance(100.0, KEYFRAMES)
    assert player.shown(KEYFRAMES) == 0
    player.resume()
    player.advance(200.0, KEYFRAMES)
    player.advance(200.25, KEYFRAMES)
    assert player.position == pytest.approx(EPOCHS_PER_SECOND / 4)


def test_a_step_shows_the_next_keyframe_and_pauses():
    player = playing(position=5.5)
    player.step(KEYFRAMES)
    assert (player.shown(KEYFRAMES), player.playing) == (9, False)
    player.seek(130)
    player.step(KEYFRAMES)
    assert player.shown(KEYFRAMES) == 130


def test_a_step_beyond_the_last_keyframe_happens_when_the_next_one_comes():
    player = Player("run", recorded=False, position=2.0)
    player.step([0, 1, 2])
    player.advance(1.0, [0, 1, 2])
    assert player.shown([0, 1, 2]) == 2
    player.advance(2.0, [0, 1, 2, 4, 6])
    player.advance(9.0, [0, 1, 2, 4, 6])
    assert player.shown([0, 1, 2, 4, 6]) == 4
    assert not player.playing


def test_the_state_is_the_players_and_not_the_workers():
    player = playing()
    assert player.word("queued", []) == "queued"
    assert player.word("running", [0, 1]) == "training"
    assert player.word("done", KEYFRAMES) == "training"  # the worker is done, the film is not
    player.playing = False
    assert player.word("done", KEYFRAMES) == "paused"
    player.seek(130)
    assert player.word("done", KEYFRAMES) == "done"
    assert player.word("diverged", KEYFRAMES) == "diverged"
    assert player.word("failed", KEYFRAMES) == "stopped"
    player.stopped = True
    assert player.word("running", KEYFRAMES) == "stopped"


@given(
    st.lists(st.floats(0, 5), max_size=30),
    st.lists(st.sampled_from(["pause", "resume", "step", "none"]), max_size=30),
)
def test_whatever_is_done_the_keyframe_shown_exists(pauses, gestures):
    player, now = playing(), 0.0
    for pause, gesture in zip(pauses, gestures, strict=False):
        now += pause
        player.advance(now, KEYFRAMES)
        if gesture == "pause":
            player.playing = False
        elif gesture == "resume":
            player.resume()
        elif gesture == "step":
            player.step(KEYFRAMES)
        assert player.shown(KEYFRAMES) in KEYFRAMES
        assert 0 <= player.position <= 130


@pytest.mark.parametrize(
    ("place", "word"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st")],
)
def test_ordinals(place, word):
    assert ordinal(place) == word
