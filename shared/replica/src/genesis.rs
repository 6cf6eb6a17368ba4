//! The constant change that makes a chart's containers.
