"""How the pages look and what Streamlit may do: calm and dark, and not a word to anybody outside."""

from typing import Any

GROUND, PANEL, RAISED, LINE = "#0d1318", "#131b21", "#18222a", "#25323c"
TEXT, MUTED = "#dfe7ec", "#8fa0ad"
ACCENT = "#5ec8a8"
SEVERITY_COLOURS = {"high": "#ef6a5f", "medium": "#e3a857", "low": "#6aa9e9", "info": "#8fa0ad"}
LABEL_COLOURS = ("#5ec8a8", "#6aa9e9", "#e3a857", "#b79cf0", "#ef8f6a", "#7fd0e0", "#d98cb3", "#a5c96a")
"""Labels on the timeline, in the order of the alphabet."""

STREAMLIT_OPTIONS: dict[str, Any] = {
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.allowedOrigins": [],
    "server.headless": True,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "server.showEmailPrompt": False,
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    "server.enableStaticServing": False,
    "server.maxUploadSize": 16,
    "runner.magicEnabled": False,
    "theme.base": "dark",
    "theme.primaryColor": ACCENT,
    "theme.backgroundColor": GROUND,
    "theme.secondaryBackgroundColor": PANEL,
    "theme.textColor": TEXT,
    "theme.linkColor": ACCENT,
    "theme.borderColor": LINE,
    "theme.redColor": SEVERITY_COLOURS["high"],
    "theme.orangeColor": SEVERITY_COLOURS["medium"],
    "theme.blueColor": SEVERITY_COLOURS["low"],
    "theme.greenColor": ACCENT,
    "theme.grayColor": MUTED,
    "theme.baseRadius": "0.55rem",
    "theme.baseFontSize": 15,
    "theme.headingFontSizes": ["1.7rem", "1.35rem", "1.1rem", "1rem", "0.95rem", "0.9rem"],
    "theme.headingFontWeights": [600, 600, 600, 600, 600, 600],
    "theme.metricValueFontSize": "1.6rem",
    "theme.showWidgetBorder": True,
    "theme.dataframeHeaderBackgroundColor": PANEL,
    "theme.dataframeBorderColor": LINE,
    "theme.chartCategoricalColors": list(LABEL_COLOURS),
    "theme.sidebar.backgroundColor": "#0a0f13",
    "theme.sidebar.borderColor": LINE,
}
