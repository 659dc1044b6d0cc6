"""What several views share: answers, faults, access, parameters, cookies, and the stage of a run."""
