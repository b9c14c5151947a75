"""What a viewer needs of a recording without a screen: extremes at every zoom, filters, spectra, scales."""
