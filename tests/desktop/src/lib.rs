//! Journeys through the built window by WebDriver.
