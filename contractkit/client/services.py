"""The services of the contract as types: for editors and type checkers, services.pyi says what each one offers.

That file is generated (`python -m contractkit.client.stubs`). Its result types exist for type checkers only:
import them under `if TYPE_CHECKING:`.
"""

from contractkit.client.service import Services

__all__ = ["Services"]
