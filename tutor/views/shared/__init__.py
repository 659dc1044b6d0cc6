"""What several views share: answers, faults, cookies, access, and the stage of a run."""
