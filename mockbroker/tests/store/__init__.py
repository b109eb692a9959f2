"""Tests of the fragment stores."""
