//! What a new realm holds, and what an imported one gets where it says nothing.
