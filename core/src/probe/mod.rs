//! Named yes/no checks that data cannot express.
