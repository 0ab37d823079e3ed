"""Containers that are made of an image: updated by building that anew, never in place."""

from __future__ import annotations

IMAGES = frozenset({"docker", "podman", "kubernetes", "oci", "containerd", "rkt"})
