"""Says where a repository is not what it should be: secrets, TLS, privacy, advisories, and declared against built."""

from ._trueup import Finding, Report, TrueupError, Verdict, __version__, scan, scan_bytes

__all__ = ["Finding", "Report", "TrueupError", "Verdict", "__version__", "scan", "scan_bytes"]
