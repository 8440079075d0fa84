"""Runners: `local` evaluates in worker processes of this machine, `inline` in this one."""
