"""Problems of a lesson's steps and names that can be found in its text alone."""
