"""Fetching public collections: sources list files, the fetcher brings them, nothing is told of a token.

``download.download_dataset`` is the whole of it; the job of mode ``download`` calls it. A source (``nsrr``,
``physionet``, ``kaggle``, ``s3``, ``web``) knows what there is and how to ask for it; ``fetch`` brings one
file, resumed and verified; ``journal`` knows what is complete.
"""
