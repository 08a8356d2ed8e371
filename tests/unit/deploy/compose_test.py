#!/usr/bin/env python3
"""docker-compose.yml is what Compose takes, and what duestream takes: compose_test.py DUESTREAM

No engine is needed. tests/support/compose_spec.json is the schema of the Compose specification as Debian 12 packages it (docker-compose
1.29.2, file compose/config/compose_spec.json; Apache 2.0, Docker Inc.), unchanged.
"""
import json
import os
import re
import subprocess
import sys
import unittest

import jsonschema
import yaml

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
BINARY = ""


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


COMPOSE = yaml.safe_load(read("docker-compose.yml"))
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "duestream"}


def verb_and_flags(command):
    words = 0
    while words < len(command) and not command[words].startswith("-"):
        words += 1
    return command[:words], command[words:]


class Compose(unittest.TestCase):
    def test_follows_the_specification(self):
        jsonschema.Draft7Validator(json.loads(read("tests", "support", "compose_spec.json"))).validate(COMPOSE)

    def test_has_the_whole_system(self):
        self.assertLessEqual({"kafka", "postgres", "topics", "run", "sink", "prometheus", "grafana"}, set(SERVICES))
        self.assertEqual(set(OURS), {"topics", "run", "sink"})

    def test_is_open_to_this_machine_alone(self):
        for name, service in SERVICES.items():
            self.assertNotIn("network_mode", service, name)
            for port in service.get("ports", []):
                self.assertRegex(port, r"^127\.0\.0\.1:\d+:\d+$", name)

    def test_gives_duestream_settings_that_it_takes(self):
        for name, service in OURS.items():
            with self.subTest(service=name):
                verb, flags = verb_and_flags(service["command"])
                env = {"PATH": os.environ["PATH"]} | {key: str(value) for key, value in service["environment"].items()}
                known = subprocess.run([BINARY, *verb, "--help"], capture_output=True, check=True, text=True).stdout
                for flag in (word for word in flags if word.startswith("-")):
                    self.assertRegex(known, rf"\s{flag}\s")
                said = subprocess.run([BINARY, "config", "check", *flags], capture_output=True, check=False, text=True, env=env)
                self.assertEqual((said.returncode, said.stderr), (0, ""))

    def test_waits_for_what_can_be_waited_for(self):
        for name, service in SERVICES.items():
            for other, how in service.get("depends_on", {}).items():
                if how["condition"] == "service_healthy":
                    self.assertIn("healthcheck", SERVICES[other], name)
                else:
                    self.assertEqual(how["condition"], "service_completed_successfully", name)
                    self.assertNotIn("restart", SERVICES[other], f"{name}: {other} would never be completed")

    def test_mounts_and_builds_from_files_that_are_there(self):
        for name, service in SERVICES.items():
            if "build" in service:
                self.assertTrue(os.path.exists(os.path.join(ROOT, service["build"]["dockerfile"])), name)
            for volume in service.get("volumes", []):
                if volume.startswith("."):
                    self.assertTrue(os.path.exists(os.path.join(ROOT, volume.split(":")[0])), f"{name}: {volume}")

    def test_writes_only_where_the_image_has_a_volume(self):
        volumes = re.findall(r"^VOLUME (\S+)$", read("deploy", "docker", "Dockerfile"), re.M)
        for name, service in OURS.items():
            self.assertTrue(service["read_only"] and set(service.get("volumes", [])) <= set(volumes), name)
        self.assertTrue(SERVICES["run"]["environment"]["DUESTREAM_RUN_STATE"].startswith(volumes[0] + "/"))

    def test_is_watched_where_it_answers(self):
        jobs = yaml.safe_load(read("deploy", "prometheus", "prometheus.yml"))["scrape_configs"]
        asked = {target for job in jobs for config in job["static_configs"] for target in config["targets"]}
        listens = {name: service["environment"].get("DUESTREAM_HTTP_LISTEN") for name, service in OURS.items()}
        self.assertEqual(asked, {listen.replace("0.0.0.0", name) for name, listen in listens.items() if listen})

    def test_runs_the_kafka_that_the_tests_run_against(self):
        version = re.search(r"(?<!d)kafka_version=([\d.]+)", read("deploy", "setup.sh")).group(1)
        self.assertEqual(SERVICES["kafka"]["image"], f"apache/kafka:{version}")


if __name__ == "__main__":
    BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main()
