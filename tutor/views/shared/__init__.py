"""Shared by several views: answers, faults, access, parameters, cookies, and the stage of a run."""
