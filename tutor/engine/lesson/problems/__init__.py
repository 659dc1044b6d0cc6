"""Problems of a lesson's steps and names that show in its text alone."""
