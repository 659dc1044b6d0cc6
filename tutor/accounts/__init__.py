"""Instructors: their accounts and logins."""
