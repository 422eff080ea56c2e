"""Building a board, in the order in which its parts need each other."""

import random
import uuid
from datetime import UTC, datetime

from ibpmon.demo.board import (
    activity,
    devices,
    directory,
    libraries,
    people,
    places,
    rmm,
    roles,
    site_rights,
    teams,
    truth,
    unified_audit,
)
from ibpmon.demo.board.names import SCHOOLS
from ibpmon.demo.board.nouns import DOMAIN, OFFICE, SIZES, Board, School
from ibpmon.demo.board.planting import accounts as planted_accounts
from ibpmon.demo.board.planting import acts as planted_acts
from ibpmon.demo.board.planting import attacks as planted_attacks
from ibpmon.demo.board.planting import device_use as planted_device_use
from ibpmon.demo.board.planting import devices as planted_devices
from ibpmon.demo.board.planting import differences as planted_differences
from ibpmon.demo.board.planting import emergency as planted_emergency
from ibpmon.demo.board.planting import holders as planted_holders
from ibpmon.demo.board.planting import identities as planted_identities
from ibpmon.demo.board.planting import keepers as planted_keepers
from ibpmon.demo.board.planting import lifecycle as planted_lifecycle
from ibpmon.demo.board.planting import misuse as planted_misuse
from ibpmon.demo.board.planting import outsiders as planted_outsiders
from ibpmon.demo.board.planting import peaks as planted_peaks
from ibpmon.demo.board.planting import placement as planted_placement
from ibpmon.demo.board.planting import pupil_use as planted_pupil_use
from ibpmon.demo.board.planting import pupils as planted_pupils
from ibpmon.demo.board.planting import remote as planted_remote
from ibpmon.demo.board.planting import second_step as planted_second_step
from ibpmon.demo.board.planting import sharing as planted_sharing
from ibpmon.demo.board.planting import sign_ins as planted_sign_ins


def make_board(size: str, seed: int, now: datetime) -> Board:
    """A board that is the same for the same size, seed and moment.

    1. ordinary people, and the cast of the planted stories that are about accounts and contracts
    2. groups and sites with everyone in them, then pupils where they should not be
    3. devices and sign-ins, ordinary and planted
    4. what only the sources beside these tell: channels, files and their rights, sessions from afar, the directory
    5. the truth: everything that the definitions make a finding, each with the story that planted it
    """
    board = empty_board(size, seed, now)
    people.populate(board)
    planted_accounts.plant_accounts(board)
    planted_placement.plant_placement(board)
    planted_identities.cast_identities(board)
    planted_second_step.cast_second_step(board)
    planted_outsiders.cast_guests(board)
    planted_lifecycle.cast_lifecycle(board)
    places.build(board)
    planted_pupils.plant_places(board)
    planted_sharing.plant_places(board)
    planted_outsiders.plant_places(board)
    places.build_projects(board)
    places.repeat_some_sites(board)
    devices.hand_out(board)
    planted_devices.plant_devices(board)
    planted_device_use.plant_device_use(board)
    planted_pupil_use.plant_pupil_use(board)
    people.report_registrations(board)
    planted_sign_ins.plant_sign_ins(board)
    planted_emergency.plant_emergency_use(board)
    planted_misuse.plant_misuse(board)
    planted_second_step.plant_refusals(board)
    planted_attacks.plant_attacks(board)
    planted_lifecycle.sign_in_lifecycle(board)
    activity.live(board)
    planted_peaks.plant_peaks(board)
    teams.open_channels(board)
    libraries.fill(board)
    planted_sharing.plant_links(board)
    site_rights.assign(board)
    rmm.enrol(board)
    planted_remote.plant_sessions(board)
    unified_audit.look_back(board)
    board.sharepoint_settings = libraries.tenant_settings()
    directory.build(board)
    planted_identities.plant_identities(board)
    planted_acts.plant_acts(board)
    planted_misuse.plant_keys(board)
    planted_second_step.plant_methods(board)
    planted_second_step.name_single_steps(board)
    planted_device_use.plant_registered(board)
    planted_attacks.plant_blinding(board)
    planted_keepers.plant_keepers(board)
    planted_holders.plant_holders(board)
    planted_outsiders.plant_settings(board)
    planted_outsiders.plant_acts(board)
    planted_sharing.plant_owners(board)
    planted_sharing.plant_apps(board)
    planted_sharing.plant_settings(board)
    planted_outsiders.register_the_others(board)
    planted_sharing.tell_what_grew(board)
    planted_device_use.tell_the_list(board)
    planted_peaks.tell_what_fell_together(board, [one[:2] for find in truth.peaks.FINDERS for one in find(board)])
    roles.tell_the_report(board)
    planted_lifecycle.log_lifecycle(board)
    planted_differences.tell_differences(board, [one[:2] for find in truth.matrix.FINDERS for one in find(board)])
    board.born = board.now
    board.truth = truth.tell(board)
    return board


def empty_board(size: str, seed: int, now: datetime) -> Board:
    """The schools and the chance, nobody in them yet."""
    # the same seed at another size is another board; a text seed is stable over processes
    rng = random.Random(f"{size}/{seed}")
    moment = now.astimezone(UTC).replace(microsecond=0)
    schools = [School(key, name, f"203.0.113.{10 + i}") for i, (key, name) in enumerate(SCHOOLS)]
    office = School(OFFICE, "Bestuursbureau", "203.0.113.9")
    tenant = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{seed}.{DOMAIN}"))
    return Board(size, seed, moment, rng, tenant, [*schools[: SIZES[size].schools], office])
